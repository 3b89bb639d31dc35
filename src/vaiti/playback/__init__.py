"""Turns an opening into audio bytes. The only reader of sealed calls."""
