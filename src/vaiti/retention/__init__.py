"""Plans destruction, carries it out, proves it. The only room that removes anything."""
