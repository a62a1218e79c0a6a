"""The public contract, sentence by sentence: tiny towns with answers worked out by hand."""
