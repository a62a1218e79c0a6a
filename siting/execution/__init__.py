"""What comes after the plan: the ledger (台账) an office keeps, and what it reports of it."""
