"""Reciprocity: what a receiving registry's dated policy answers about another registry's record.

Pure: text and facts in, answers out. Nothing here reads a clock, a file or another answer.
"""
