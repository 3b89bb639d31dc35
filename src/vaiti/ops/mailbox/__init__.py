"""The mailbox that was given to Vaiti: read, and nothing else in it touched."""
