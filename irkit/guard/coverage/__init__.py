"""`irkit guard coverage`: which commits really went through the guard, by records that no contributor writes by hand."""
