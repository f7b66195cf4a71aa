"""Those who decide what to do and what to say: rules (the default), a model behind an endpoint, scripts for tests."""
