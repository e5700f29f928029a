"""Marks, points, ranks, awards and the result sets made of them."""
