package csr

// Occupy takes all slots of the generator until release is called.
func (g *Generator) Occupy() (release func()) {
	for range cap(g.slots) {
		g.slots <- struct{}{}
	}
	return func() {
		for range cap(g.slots) {
			<-g.slots
		}
	}
}
