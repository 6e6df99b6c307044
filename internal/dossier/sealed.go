package dossier

import "preau/internal/town"

// Sealed says what is sealed here: the health of children, as it is and as changes declare it.
func Sealed() []town.Sealed {
	const purpose = "health"
	return []town.Sealed{
		{Purpose: purpose, Select: "SELECT id, content FROM file_facts WHERE field = 'health' ORDER BY id",
			Update: "UPDATE file_facts SET content = $2 WHERE id = $1"},
		{Purpose: purpose, Select: "SELECT id || '/old', old_content FROM declared_changes WHERE field = 'health' ORDER BY id",
			Update: "UPDATE declared_changes SET old_content = $2 WHERE id || '/old' = $1"},
		{Purpose: purpose, Select: "SELECT id || '/new', new_content FROM declared_changes WHERE field = 'health' ORDER BY id",
			Update: "UPDATE declared_changes SET new_content = $2 WHERE id || '/new' = $1"},
	}
}
