"""The sections of the settings file, each with what is wrong with it."""
