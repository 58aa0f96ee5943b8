package mocks

// disk keeps a drive in a directory.
type disk struct{}

// persist writes down what has changed of a node.
func (d *Drive) persist(n *node) {}
