package mocks

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/query"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// failure is an error response, in one of the forms in which the service writes errors.
type failure struct {
	status  int
	shape   shape
	code    string
	message string
	nodeID  string // the existing node with which the request conflicts
	header  http.Header
	detail  string // argument of an S3 error
	told    bool   // for shapeUploader: a message field is added, too
}

type shape uint8

const (
	shapeService  shape = iota // logref, message, code, info
	shapeFront                 // message only
	shapeEmpty                 // no body
	shapeRoute                 // XML of the request router
	shapeStorage               // XML of S3
	shapeUploader              // errorCode, errorDetails
	shapeSite                  // Message only, with a capital M
)

func (f *failure) Error() string { return fmt.Sprintf("%d %s %s", f.status, f.code, f.message) }

// refuse returns an error of the Drive service itself.
func refuse(status int, code, format string, args ...any) *failure {
	return &failure{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// front returns an error of the machines in front of the service.
func front(status int, message string) *failure {
	return &failure{status: status, shape: shapeFront, message: message}
}

func bare(status int) *failure { return &failure{status: status, shape: shapeEmpty} }

func storage(status int, code, message string) *failure {
	return &failure{status: status, shape: shapeStorage, code: code, message: message}
}

var (
	errNoRoute        = &failure{status: http.StatusNotFound, shape: shapeRoute}
	errNoToken        = front(http.StatusUnauthorized, "No Auth Method Provided")
	errTwoTokens      = front(http.StatusUnauthorized, "Sessions must have exactly one token")
	errTokenExpired   = front(http.StatusUnauthorized, "Token has expired")
	errWrappedToken   = front(http.StatusBadRequest, "com.amazon.clouddrive.client.exceptions.UnauthourizedAccessException: HTTP status code=[401] RequestId=[0b1f5a2e-5e5d-11e6-b1d0-000000000000] Token has expired")
	errPurge          = front(http.StatusForbidden, "Insufficient permissions granted for operation: purgeNode")
	errNoParent       = refuse(http.StatusBadRequest, "", "One of the parentId doesn't exists")
	errTrashParent    = refuse(http.StatusBadRequest, "", "A node cannot be added to trashed parent")
	errOverQuota      = refuse(http.StatusForbidden, "NO_ACTIVE_SUBSCRIPTION_FOUND", "File size exceeds account allowance.")
	errNoSubscription = &failure{status: http.StatusForbidden, shape: shapeUploader, code: "NoActiveSubscriptionFound", message: "The account has no subscription for this kind of file"}
	errInternal       = front(http.StatusInternalServerError, "Internal failure")
	errCannotUpload   = front(http.StatusBadRequest, "Cannot complete upload")
	errNextToken      = refuse(http.StatusBadRequest, "", "Next token is expired")
)

func errNotFound(id string) *failure {
	return refuse(http.StatusNotFound, "NODE_NOT_FOUND", "Node not found: %s", id)
}

func errNameTaken(lower string, parent, other *store.Node) *failure {
	f := refuse(http.StatusConflict, "NAME_ALREADY_EXISTS", "Node with the name %s already exists under parentId %s conflicting NodeId: %s", lower, parent.ID, other.ID)
	f.nodeID = other.ID.String()
	return f
}

func errTooLong(value, field string, limit int) *failure {
	return refuse(http.StatusBadRequest, "", "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must have length less than or equal to %d", value, field, limit)
}

// answer writes the failure as a response.
func (f *failure) answer(now time.Time) *answer {
	a := &answer{status: f.status, header: http.Header{}}
	for k, v := range f.header {
		a.header[k] = v
	}
	const jsonType, xmlType = "application/json", "application/xml"
	b := make([]byte, 0, 256)
	switch f.shape {
	case shapeService:
		b = append(b, `{"logref":"`...)
		b = append(b, ids.LogRef(now)...)
		b = append(b, `","message":`...)
		b = appendString(b, f.message)
		b = append(b, `,"code":`...)
		b = appendString(b, f.code)
		if f.nodeID != "" {
			b = append(b, `,"info":{"nodeId":"`...)
			b = append(b, f.nodeID...)
			b = append(b, `"}`...)
		}
		b = append(b, '}')
		a.setType(jsonType)
	case shapeFront:
		b = append(b, `{"message":`...)
		b = appendString(b, f.message)
		b = append(b, '}')
		a.setType(jsonType)
	case shapeSite:
		b = append(b, `{"Message":`...)
		b = appendString(b, f.message)
		b = append(b, '}')
		a.setType(jsonType)
	case shapeRoute:
		b = append(b, "<UnknownOperationException/>"...)
		a.setType(xmlType)
	case shapeUploader:
		b = append(b, '{')
		if f.told {
			b = append(b, `"message":`...)
			b = append(appendString(b, f.message), ',')
		}
		b = append(b, `"errorCode":`...)
		b = appendString(b, f.code)
		b = append(b, `,"errorDetails":{`...)
		if f.nodeID != "" {
			b = append(b, `"conflictNodeIds":["`...)
			b = append(b, f.nodeID...)
			b = append(b, `"]`...)
		} else if f.message != "" {
			b = append(b, `"message":`...)
			b = appendString(b, f.message)
		}
		b = append(b, "}}"...)
		a.setType(jsonType)
	case shapeStorage:
		b = f.appendXML(b)
		a.setType(xmlType)
	}
	a.body = b
	return a
}

func (f *failure) appendXML(b []byte) []byte {
	type storageError struct {
		XMLName       xml.Name `xml:"Error"`
		Code          string
		Message       string
		ArgumentName  string `xml:",omitempty"`
		ArgumentValue string `xml:",omitempty"`
		RequestID     string `xml:"RequestId"`
	}
	e := storageError{Code: f.code, Message: f.message, RequestID: ids.UUID()}
	if f.detail != "" {
		e.ArgumentName, e.ArgumentValue = "Authorization", f.detail
	}
	text, err := xml.Marshal(e)
	if err != nil {
		return b
	}
	b = append(b, xml.Header...)
	return append(b, text...)
}

// asFailure returns the error response for any error of a handler.
func asFailure(err error) *failure {
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	if f, ok := errors.AsType[*query.Error](err); ok {
		return refuse(http.StatusBadRequest, "", "%s", f.Error())
	}
	if errors.Is(err, store.ErrListToken) {
		return errNextToken
	}
	return errInternal
}
