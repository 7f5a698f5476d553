package lint

// Rules are all rules in the order in which they run.
var Rules = []Rule{}
