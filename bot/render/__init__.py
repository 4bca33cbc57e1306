"""Turns an Answer into what people see; sends nothing, looks nothing up."""
