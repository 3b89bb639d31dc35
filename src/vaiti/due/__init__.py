"""Jobs with leases and alarms with their state, in the transaction of what caused them."""
