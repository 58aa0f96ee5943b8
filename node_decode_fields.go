package acd

import "github.com/acd-sdk/acd/internal/wire"

// There is one case for each field with a json tag. TestDecoderKnowsEveryField fails if one is
// missing.

func (d *nodeDecoder) nodeField(n *Node, key []byte) bool { //nolint:cyclop,funlen // a flat switch
	switch string(key) {
	case "id":
		d.text(&n.ID, identifies)
	case "name":
		d.text(&n.Name, identifies)
	case "kind":
		d.word((*string)(&n.Kind), identifies)
	case "status":
		d.word((*string)(&n.Status), identifies)
	case "version":
		d.whole(&n.Version, identifies)
	case "eTagResponse":
		d.text(&n.ETag, decorates)
	case "isRoot":
		d.truth(&n.IsRoot)
	case "parents":
		d.parentIDs(&n.Parents)
	case "createdBy":
		d.word(&n.CreatedBy, decorates)
	case "createdDate":
		d.date(&n.CreatedDate)
	case "modifiedDate":
		d.date(&n.ModifiedDate)
	case "labels":
		d.textList(&n.Labels)
	case "description":
		d.text(&n.Description, decorates)
	case "properties":
		d.properties(&n.Properties)
	case "restricted":
		d.truth(&n.Restricted)
	case "isShared":
		d.truth(&n.IsShared)
	case "exclusivelyTrashed":
		d.truth(&n.ExclusivelyTrashed)
	case "recursivelyTrashed":
		d.truth(&n.RecursivelyTrashed)
	case "contentProperties":
		readObject(d, &n.ContentProperties, "contentProperties", identifies, (*nodeDecoder).contentField)
	case "tempLink":
		d.text(&n.TempLink, decorates)
	case "assets":
		d.assets(&n.Assets)
	case "ownerId":
		d.word(&n.OwnerID, decorates)
	case "settings":
		readObject(d, &n.Settings, "settings", decorates, (*nodeDecoder).settingsField)
	case "familyId":
		d.word(&n.FamilyID, decorates)
	case "collectionProperties":
		readObject(d, &n.Collection, "collectionProperties", decorates, (*nodeDecoder).collectionField)
	case "xAccntParents":
		d.albumIDs(&n.AlbumParents)
	case "parentMap":
		readObject(d, &n.AlbumParents, "parentMap", decorates, (*nodeDecoder).parentMapField)
	case "childAssetTypeInfo":
		readList(d, &n.AssetKinds, "childAssetTypeInfo", (*nodeDecoder).assetKind)
	case "assetProperties":
		readObject(d, &n.AssetKind, "assetProperties", decorates, (*nodeDecoder).assetKindField)
	default:
		return false
	}
	return true
}

func (d *nodeDecoder) settingsField(s *Settings, key []byte) bool {
	switch string(key) {
	case "favorite":
		d.truth(&s.Favorite)
	case "hidden":
		d.truth(&s.Hidden)
	default:
		return false
	}
	return true
}

func (d *nodeDecoder) contentField(p *ContentProperties, key []byte) bool {
	switch string(key) {
	case "version":
		d.whole(&p.Version, identifies)
	case "size":
		d.size(&p.Size)
	case "md5":
		d.text(&p.MD5, identifies)
	case "contentType":
		d.word(&p.ContentType, decorates)
	case "extension":
		d.word(&p.Extension, decorates)
	case "contentDate":
		d.date(&p.ContentDate)
	case "image":
		readPart(d, &p.Image, "image", (*nodeDecoder).imageField)
	case "video":
		readPart(d, &p.Video, "video", (*nodeDecoder).videoField)
	case "document":
		readPart(d, &p.Document, "document", (*nodeDecoder).documentField)
	default:
		return false
	}
	return true
}

func (d *nodeDecoder) imageField(p *Image, key []byte) bool { //nolint:cyclop // a flat switch
	switch string(key) {
	case "make":
		d.text(&p.Make, decorates)
	case "model":
		d.text(&p.Model, decorates)
	case "exposureTime":
		d.text(&p.ExposureTime, decorates)
	case "dateTime":
		d.text(&p.DateTime, decorates)
	case "dateTimeOriginal":
		d.text(&p.DateTimeOriginal, decorates)
	case "dateTimeDigitized":
		d.text(&p.DateTimeDigitized, decorates)
	case "gpsTimeStamp":
		d.text(&p.GPSTimeStamp, decorates)
	case "location":
		d.text(&p.Location, decorates)
	case "flash":
		d.text(&p.Flash, decorates)
	case "focalLength":
		d.text(&p.FocalLength, decorates)
	case "apertureValue":
		d.text(&p.ApertureValue, decorates)
	case "isoSpeedRatings":
		d.text(&p.ISOSpeedRatings, decorates)
	case "software":
		d.text(&p.Software, decorates)
	case "orientation":
		d.text(&p.Orientation, decorates)
	case "colorSpace":
		d.text(&p.ColorSpace, decorates)
	case "meteringMode":
		d.text(&p.MeteringMode, decorates)
	case "exposureProgram":
		d.text(&p.ExposureProgram, decorates)
	case "exposureMode":
		d.text(&p.ExposureMode, decorates)
	case "whiteBalance":
		d.text(&p.WhiteBalance, decorates)
	case "sensingMethod":
		d.text(&p.SensingMethod, decorates)
	case "sharpness":
		d.text(&p.Sharpness, decorates)
	case "xResolution":
		d.text(&p.XResolution, decorates)
	case "yResolution":
		d.text(&p.YResolution, decorates)
	case "resolutionUnit":
		d.text(&p.ResolutionUnit, decorates)
	case "captureMode":
		d.text(&p.CaptureMode, decorates)
	case "width":
		d.whole(&p.Width, decorates)
	case "height":
		d.whole(&p.Height, decorates)
	default:
		return false
	}
	return true
}

func (d *nodeDecoder) videoField(p *Video, key []byte) bool { //nolint:cyclop // a flat switch
	switch string(key) {
	case "width":
		d.whole(&p.Width, decorates)
	case "height":
		d.whole(&p.Height, decorates)
	case "rotate":
		d.whole(&p.Rotate, decorates)
	case "audioChannels":
		d.whole(&p.AudioChannels, decorates)
	case "duration":
		d.decimal(&p.Duration)
	case "bitrate":
		d.decimal(&p.Bitrate)
	case "videoBitrate":
		d.decimal(&p.VideoBitrate)
	case "videoFrameRate":
		d.decimal(&p.VideoFrameRate)
	case "audioBitrate":
		d.decimal(&p.AudioBitrate)
	case "audioSampleRate":
		d.decimal(&p.AudioSampleRate)
	case "videoCodec":
		d.text(&p.VideoCodec, decorates)
	case "audioCodec":
		d.text(&p.AudioCodec, decorates)
	case "audioChannelLayout":
		d.text(&p.AudioChannelLayout, decorates)
	case "encoder":
		d.text(&p.Encoder, decorates)
	case "title":
		d.text(&p.Title, decorates)
	case "make":
		d.text(&p.Make, decorates)
	case "model":
		d.text(&p.Model, decorates)
	case "location":
		d.text(&p.Location, decorates)
	case "creationDate":
		d.text(&p.CreationDate, decorates)
	default:
		return false
	}
	return true
}

func (d *nodeDecoder) documentField(p *Document, key []byte) bool {
	switch string(key) {
	case "title":
		d.text(&p.Title, decorates)
	case "documentVersion":
		d.text(&p.DocumentVersion, decorates)
	case "authors":
		d.textList(&p.Authors)
	default:
		return false
	}
	return true
}

// readObject reads an object within a node.
func readObject[T any](d *nodeDecoder, v *T, name string, r role, field func(*nodeDecoder, *T, []byte) bool) {
	if !d.expect(wire.Object, "an object", r) {
		return
	}
	d.path = append(d.path, name)
	readFields(d, v, field)
	d.path = d.path[:len(d.path)-1]
}

// readPart reads an object that may be missing. Its fields only decorate.
func readPart[T any](d *nodeDecoder, v **T, name string, field func(*nodeDecoder, *T, []byte) bool) {
	switch {
	case d.scan.Next() != wire.Object:
		*v = nil
	case *v == nil:
		*v = new(T)
	}
	readObject(d, *v, name, decorates, field)
}

// parentIDs reads the ids of folders. Many nodes have the same ones, so they are read as words.
func (d *nodeDecoder) parentIDs(list *[]string) {
	if !d.expect(wire.Array, "a list of ids", identifies) {
		*list = nil
		return
	}
	d.parents = d.parents[:0]
	d.scan.Open()
	for d.scan.More(']') {
		var id string
		if d.scan.Next() == wire.Null {
			d.odd(wire.Null, "an id", identifies)
		}
		d.word(&id, identifies)
		d.parents = append(d.parents, id)
	}
	*list = append(make([]string, 0, len(d.parents)), d.parents...)
	clear(d.parents)
}

// textList reads a list of texts. Values that are not texts are left out.
func (d *nodeDecoder) textList(list *[]string) {
	if !d.expect(wire.Array, "a list of texts", decorates) {
		*list = nil
		return
	}
	from := len(d.arena)
	d.ends = d.ends[:0]
	d.scan.Open()
	for d.scan.More(']') {
		switch text, kind := d.scalar(); kind {
		case wire.Text, wire.Number, wire.True, wire.False:
			d.arena = append(d.arena, text...)
			d.ends = append(d.ends, len(d.arena))
		case wire.Null:
		default:
			d.odd(kind, "text", decorates)
		}
	}
	*list = make([]string, len(d.ends))
	for i, end := range d.ends {
		d.texts = append(d.texts, pendingText{&(*list)[i], span{from, end}})
		from = end
	}
}

// properties reads the properties of all owners.
func (d *nodeDecoder) properties(all *map[string]map[string]string) {
	if !d.expect(wire.Object, "an object", decorates) {
		*all = nil
		return
	}
	if *all == nil {
		*all = map[string]map[string]string{}
	}
	d.path = append(d.path, "properties")
	d.key = nil // the names of owners and properties must not be repeated in a warning
	d.scan.Open()
	for d.scan.More('}') {
		owner := d.words.get(d.scan.Key())
		switch kind := d.scan.Next(); {
		case d.expect(wire.Object, "an object", decorates):
			(*all)[owner] = d.ownProperties()
		case kind == wire.Null:
			(*all)[owner] = nil
		}
	}
	d.path = d.path[:len(d.path)-1]
}

// ownProperties reads the properties of one owner. Values that are numbers, true or false are kept
// as text, as they are written.
func (d *nodeDecoder) ownProperties() map[string]string {
	m := map[string]string{}
	d.scan.Open()
	for d.scan.More('}') {
		key := d.words.get(d.scan.Key())
		switch text, kind := d.scalar(); kind {
		case wire.Text, wire.Number, wire.True, wire.False, wire.Null:
			from := len(d.arena)
			d.arena = append(d.arena, text...)
			d.props = append(d.props, pendingProperty{m, key, span{from, len(d.arena)}})
		default:
			d.odd(kind, "text", decorates)
		}
	}
	return m
}

// assets reads the renditions of a file. If a rendition cannot be read, it is left out.
func (d *nodeDecoder) assets(list *[]Node) {
	if !d.expect(wire.Array, "a list of nodes", decorates) {
		*list = nil
		return
	}
	*list = []Node{}
	outer := d.bad
	d.path = append(d.path, "assets")
	d.scan.Open()
	for d.scan.More(']') {
		d.bad = nil
		var asset Node
		d.nodeObject(&asset)
		if d.bad == nil {
			*list = append(*list, asset)
			continue
		}
		d.warn(d.bad.Field + ": " + d.bad.Reason)
	}
	d.path = d.path[:len(d.path)-1]
	d.bad = outer
}
