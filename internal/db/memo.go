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

// Once keeps a value for the rest of the transaction: what several reads of one page ask for is read once. Who changes what the
// value was made from calls Forget.
func Once[T any](tx *Tx, key string, load func() (T, error)) (T, error) {
	if kept, ok := tx.once[key].(T); ok {
		return kept, nil
	}
	v, err := load()
	if err == nil {
		if tx.once == nil {
			tx.once = map[string]any{}
		}
		tx.once[key] = v
	}
	return v, err
}

// Forget has Once load a value again.
func (tx *Tx) Forget(key string) { delete(tx.once, key) }
