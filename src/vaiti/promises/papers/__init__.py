"""What follows from the notice: papers whose words come from it, the settings and live evidence."""
