"""Looking changes nothing; the window as a whole: what it remembers, how it begins and ends."""
