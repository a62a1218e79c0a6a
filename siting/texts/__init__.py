"""Words for what the program knows: names, numbers, rules and notices in Chinese and English."""
