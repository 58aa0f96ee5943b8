package mocks

import (
	"net/http"
)

func (c *call) listProperties() (*answer, error) {
	return c.locked(func() (*answer, error) {
		n, err := c.lookup(c.id)
		if err != nil {
			return nil, err
		}
		var group map[string]string
		if c.args[1] == c.d.opt.owner {
			group = n.More().Properties[c.args[1]]
		}
		b := append([]byte(nil), `{"count":`...)
		b = appendInt(b, int64(len(group)))
		b = append(b, `,"data":`...)
		return reply(http.StatusOK, append(appendMap(b, group), '}')), nil
	})
}

func (c *call) getProperty() (*answer, error) {
	return c.locked(func() (*answer, error) {
		n, err := c.lookup(c.id)
		if err != nil {
			return nil, err
		}
		owner, key := c.args[1], c.args[2]
		if owner != c.d.opt.owner {
			return reply(http.StatusOK, []byte("{}")), nil
		}
		value, ok := n.More().Properties[owner][key]
		if !ok {
			return nil, refuse(http.StatusNotFound, "PROPERTY_NOT_FOUND", "Property not found: %s", key)
		}
		return reply(http.StatusOK, append(appendProperty(nil, key, value), '}')), nil
	})
}

// appendProperty writes a JSON object without its closing brace.
func appendProperty(b []byte, key, value string) []byte {
	b = append(b, `{"key":`...)
	b = appendString(b, key)
	b = append(b, `,"value":`...)
	return appendString(b, value)
}

func (c *call) setProperty() (*answer, error) {
	body, err := c.readJSON()
	if err != nil {
		return nil, err
	}
	m, err := object(body)
	if err != nil {
		return nil, err
	}
	var value *string
	if err := field(m, "value", &value); err != nil {
		return nil, err
	}
	owner, key := c.args[1], c.args[2]
	switch {
	case owner != c.d.opt.owner:
		return nil, errForeignOwner
	case value == nil:
		return nil, refuse(http.StatusBadRequest, "", "The value is missing")
	}
	if err := checkProperty(key, *value); err != nil {
		return nil, err
	}
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		n, err := c.lookup(c.id)
		if err != nil {
			return nil, err
		}
		group := n.More().Properties[owner]
		if _, there := group[key]; !there && len(group) >= maxProperties {
			return nil, errTooManyProperties
		}
		x := n.Edit()
		if x.Properties == nil {
			x.Properties = map[string]map[string]string{}
		}
		if group == nil {
			x.Properties[owner] = map[string]string{}
		}
		x.Properties[owner][key] = *value
		c.d.store.Touch(n, c.now)
		location := c.metadataURL() + "nodes/" + n.ID.String() + "/properties/" + owner + "/" + key
		b := append(appendProperty(nil, key, *value), `,"location":`...)
		a := reply(http.StatusCreated, append(appendString(b, location), '}'))
		a.header["Location"] = []string{location}
		return a, nil
	})
}

func (c *call) deleteProperty() (*answer, error) {
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		n, err := c.lookup(c.id)
		if err != nil {
			return nil, err
		}
		owner, key := c.args[1], c.args[2]
		if owner != c.d.opt.owner {
			return nil, errForeignOwner
		}
		group := n.More().Properties[owner]
		if _, there := group[key]; !there {
			return nil, refuse(http.StatusNotFound, "PROPERTY_NOT_FOUND", "Property not found: %s", key)
		}
		delete(group, key)
		c.d.store.Touch(n, c.now)
		return reply(http.StatusNoContent, nil), nil
	})
}
