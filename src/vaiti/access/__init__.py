"""Decides who may do what to which recording for which purpose, and writes it down."""
