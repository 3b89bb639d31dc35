"""Words of the program for what rooms name by codes, in the reader's language."""
