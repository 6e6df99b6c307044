package db

// Memo keeps a value that was made from rows which change rarely, so that it is not read again as long as its version stands.
// The version must be read in this transaction and must never come back once it has been left or rolled back: draw it with NewID.
// One value is kept a key; the value is shared, so nobody changes it.
func Memo[T any](tx *Tx, key, version string, load func() (T, error)) (T, error) {
	type entry struct {
		version string
		value   T
	}
	if kept, ok := tx.memos.Load(key); ok {
		if e, ok := kept.(entry); ok && e.version == version {
			return e.value, nil
		}
	}
	v, err := load()
	if err == nil {
		tx.memos.Store(key, entry{version, v})
	}
	return v, err
}
