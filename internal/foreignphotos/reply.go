package foreignphotos

import (
	"encoding/json"
	"io"
	"net/http"
)

// reply is a response that has not been written yet.
type reply struct {
	status      int
	body        any    // written as JSON, unless it is nil
	raw         string // written unchanged
	contentType string // of raw
}

func (a reply) encoded() reply {
	if a.body != nil {
		b, err := json.Marshal(a.body)
		if err != nil {
			panic(err) // a test put a value into a node that JSON cannot hold
		}
		a.body, a.raw, a.contentType = nil, string(b), "application/json"
	}
	return a
}

func (a reply) write(w http.ResponseWriter) {
	a = a.encoded()
	if a.contentType != "" {
		w.Header().Set("Content-Type", a.contentType)
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.raw)
}

func ok(body any) reply { return reply{status: http.StatusOK, body: body} }

// fail returns an error in the Drive service's own form (docs/wire.md, 8.1, shape B).
func fail(status int, code, message string) reply {
	return reply{status: status, body: Doc{"logref": newID(), "message": message, "code": code}}
}

func notFound() reply { return fail(http.StatusNotFound, "NODE_NOT_FOUND", "Node does not exist") }

func invalid(message string) reply {
	return fail(http.StatusBadRequest, "", "1 validation error detected: "+message)
}

// unauthorized returns a 401 in the form of the host: www writes "Message" with a capital M,
// cdproxy uses the form of fail (docs/wire-photos.md, 3).
func unauthorized(role string) reply {
	if role == roleContent || role == roleElsewhere {
		return fail(http.StatusUnauthorized, "", noAuth)
	}
	return reply{status: http.StatusUnauthorized, body: Doc{"Message": noAuth}}
}

const noAuth = "No Auth Method Provided"

// taken returns the 409 for a name that the folder already has (docs/wire.md, 5.1).
func taken(id string) reply {
	a := fail(http.StatusConflict, "NAME_ALREADY_EXISTS", "Node with that name already exists conflicting NodeId: "+id)
	a.body.(Doc)["info"] = Doc{"nodeId": id}
	return a
}

// duplicate returns the 409 for content that the library already has (docs/wire-photos.md, 4.5).
func duplicate(ids []string) reply {
	return reply{status: http.StatusConflict, body: Doc{"message": "Duplicate content", "errorCode": "DuplicatesConflictError",
		"errorDetails": Doc{"conflictNodeIds": ids}}}
}

func parseDoc(b []byte) (Doc, error) {
	doc := Doc{}
	if len(b) == 0 {
		return doc, nil
	}
	err := json.Unmarshal(b, &doc)
	return doc, err
}
