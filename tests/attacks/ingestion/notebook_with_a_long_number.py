"""Hands in a notebook with a number of a million digits."""

# response: R

def build(where):
    (where / "net.ipynb").write_text('{"nbformat": ' + "4" * 1_000_000 + ', "cells": []}')
    return where / "net.ipynb"
