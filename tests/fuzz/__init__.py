"""Files as nobody should write them: samples of every format, mutated or grown by coverage."""
