"""The pages' static parts: the widget's modules, the console, and what they share."""
