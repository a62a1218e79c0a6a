"""Who lacks what today, and whom each outlet serves."""
