"""SIP as pure state machines: grammar, transactions, dialogs (RFC 3261)."""
