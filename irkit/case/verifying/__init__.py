"""Whether the record of a case can be trusted: the chain, the evidence, the clock, the seals."""
