"""History and a message become a need: language, intent, what is looked for, and which conditions must hold."""
