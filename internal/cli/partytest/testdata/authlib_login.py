"""Logs in with Authlib and private_key_jwt: prints where the browser goes, reads where
it came back to, prints the attributes."""
import json
import os
import secrets

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken

issuer, client_id, callback = os.environ["ISSUER"], os.environ["CLIENT_ID"], os.environ["CALLBACK"]
with open(os.environ["KEY"], "rb") as f:
    key = f.read()
meta = requests.get(issuer + "/.well-known/openid-configuration", timeout=5).json()
assert meta["issuer"] == issuer

session = OAuth2Session(client_id, key, token_endpoint_auth_method="private_key_jwt", scope="openid name", redirect_uri=callback,
                        code_challenge_method="S256")
session.register_client_auth_method(PrivateKeyJWT(meta["token_endpoint"]))
nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
url, state = session.create_authorization_url(meta["authorization_endpoint"], nonce=nonce, code_verifier=verifier)
print(url, flush=True)

token = session.fetch_token(meta["token_endpoint"], authorization_response=input(), state=state, code_verifier=verifier, timeout=5)
keys = JsonWebKey.import_key_set(requests.get(meta["jwks_uri"], timeout=5).json())
claims = jwt.decode(token["id_token"], keys, claims_cls=CodeIDToken,
                    claims_options={"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}},
                    claims_params={"nonce": nonce, "client_id": client_id, "access_token": token["access_token"]})
claims.validate(leeway=10)
person = session.get(meta["userinfo_endpoint"], timeout=5).json()
assert person["sub"] == claims["sub"]
print(json.dumps(person), flush=True)
