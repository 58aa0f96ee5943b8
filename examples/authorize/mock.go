package main

import (
	"net/http/httptest"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/oauth"
)

// mock is Login with Amazon and a drive that takes its tokens, on this machine.
type mock struct {
	config    oauth.Config
	discovery string
	close     func()
}

func startMock(headless bool) mock {
	redirect := "http://127.0.0.1:0/" // any free port
	if headless {
		redirect = oauth.DefaultRedirectURL
	}
	drive := mocks.NewDrive()
	driveServer := httptest.NewServer(drive)
	authServer := httptest.NewServer(mocks.NewAuthServer(
		mocks.WithAuthRedirects(redirect),
		mocks.WithAuthRotation(),
		mocks.WithAuthIssued(drive.AddToken),
	))
	return mock{
		config: oauth.Config{
			ClientID: mocks.AuthClientID, ClientSecret: mocks.AuthClientSecret,
			AuthURL: authServer.URL + mocks.AuthPath, TokenURL: authServer.URL + mocks.TokenPath,
			RedirectURL: redirect,
		},
		discovery: driveServer.URL + "/drive/v1/account/endpoint",
		close:     func() { authServer.Close(); driveServer.Close() },
	}
}
