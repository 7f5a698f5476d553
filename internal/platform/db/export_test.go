package db

// Commits is how many transactions of the engine the acts of this process took.
func (d *DB) Commits() int {
	d.writers.mu.Lock()
	defer d.writers.mu.Unlock()
	return d.writers.commits
}

// Queued is how many acts wait for their turn.
func (d *DB) Queued() int {
	d.writers.mu.Lock()
	defer d.writers.mu.Unlock()
	return len(d.writers.queue)
}

// MaxGroup is how many acts share a commit at most.
const MaxGroup = maxGroup
