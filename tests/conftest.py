"""What tests of several folders share lives beside this file, which puts its folder on the import path."""
