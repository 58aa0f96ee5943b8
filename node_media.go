package acd

// Image is what the service read from a picture's metadata. The texts are unchanged, as the camera
// wrote them.
type Image struct {
	Make              string `json:"make,omitzero"`
	Model             string `json:"model,omitzero"`
	ExposureTime      string `json:"exposureTime,omitzero"`
	DateTime          string `json:"dateTime,omitzero"`
	DateTimeOriginal  string `json:"dateTimeOriginal,omitzero"`
	DateTimeDigitized string `json:"dateTimeDigitized,omitzero"`
	GPSTimeStamp      string `json:"gpsTimeStamp,omitzero"`
	Location          string `json:"location,omitzero"`
	Flash             string `json:"flash,omitzero"`
	FocalLength       string `json:"focalLength,omitzero"`   // a ratio
	ApertureValue     string `json:"apertureValue,omitzero"` // a ratio
	ISOSpeedRatings   string `json:"isoSpeedRatings,omitzero"`
	Software          string `json:"software,omitzero"`
	Orientation       string `json:"orientation,omitzero"`
	ColorSpace        string `json:"colorSpace,omitzero"`
	MeteringMode      string `json:"meteringMode,omitzero"`
	ExposureProgram   string `json:"exposureProgram,omitzero"`
	ExposureMode      string `json:"exposureMode,omitzero"`
	WhiteBalance      string `json:"whiteBalance,omitzero"`
	SensingMethod     string `json:"sensingMethod,omitzero"`
	Sharpness         string `json:"sharpness,omitzero"`
	XResolution       string `json:"xResolution,omitzero"`
	YResolution       string `json:"yResolution,omitzero"`
	ResolutionUnit    string `json:"resolutionUnit,omitzero"`
	CaptureMode       string `json:"captureMode,omitzero"` // NONE, HDR, PANORAMA, BURST, LENTICULAR, REWIND, VIDSNAP
	Width             int64  `json:"width,omitzero"`       // pixels
	Height            int64  `json:"height,omitzero"`
}

// Video is what the service read from a video's metadata.
type Video struct {
	Width              int64   `json:"width,omitzero"` // pixels
	Height             int64   `json:"height,omitzero"`
	Rotate             int64   `json:"rotate,omitzero"` // degrees
	AudioChannels      int64   `json:"audioChannels,omitzero"`
	Duration           float64 `json:"duration,omitzero"` // seconds
	Bitrate            float64 `json:"bitrate,omitzero"`
	VideoBitrate       float64 `json:"videoBitrate,omitzero"`
	VideoFrameRate     float64 `json:"videoFrameRate,omitzero"`
	AudioBitrate       float64 `json:"audioBitrate,omitzero"`
	AudioSampleRate    float64 `json:"audioSampleRate,omitzero"`
	VideoCodec         string  `json:"videoCodec,omitzero"`
	AudioCodec         string  `json:"audioCodec,omitzero"`
	AudioChannelLayout string  `json:"audioChannelLayout,omitzero"`
	Encoder            string  `json:"encoder,omitzero"`
	Title              string  `json:"title,omitzero"`
	Make               string  `json:"make,omitzero"`
	Model              string  `json:"model,omitzero"`
	Location           string  `json:"location,omitzero"`
	CreationDate       string  `json:"creationDate,omitzero"`
}

// Document is what the service read from a document's metadata.
type Document struct {
	Title           string   `json:"title,omitzero"`
	DocumentVersion string   `json:"documentVersion,omitzero"`
	Authors         []string `json:"authors,omitzero"`
}
