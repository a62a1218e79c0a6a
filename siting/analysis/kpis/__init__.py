"""Key figures of what stands and of a plan, by the definitions of the policy."""
