"""What people read: forms of numbers, words of outcomes, the console summary, its progress."""
