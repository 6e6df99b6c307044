package blob

// Encrypted and Decrypted open the stored form to the tests.
var (
	Encrypted = encrypted
	Decrypted = decrypted
)

// StepAt makes a disk tell of each point at which the process may die.
func StepAt(d *Disk, step func(point string)) { d.step = step }
