"""zeep with default settings on our own WSDL: synch, asynch with polling, profile query, faults."""

import datetime
import json
import subprocess
import sys
import tempfile
import time
import uuid

import requests
import zeep
from zeep.exceptions import Fault
from zeep.transports import Transport

demo = json.load(open(sys.argv[1]))
ap = demo["ap"]
session = requests.Session()
# An environment with a CA bundle of its own would otherwise have the last word.
session.trust_env = False
session.cert = (ap["certificate"], ap["key"])
session.verify = ap["ca"]
client = zeep.Client(ap["endpoint"] + "?wsdl", transport=Transport(session=session, timeout=60))
MSS = "{http://uri.etsi.org/TS102204/v1.1.2#}"
passed = 0


def check(what, right):
    global passed
    if not right:
        sys.exit(f"zeep: {what}: FAILED")
    passed += 1
    print(f"zeep: {what}: ok", flush=True)


def port(name):
    for service in client.wsdl.services.values():
        for known in service.ports:
            if known == name:
                return client.bind(service.name, name)
    sys.exit(f"zeep: the WSDL has no port {name}")


def base():
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        "MajorVersion": 1,
        "MinorVersion": 1,
        "AP_Info": {"AP_ID": ap["ap_id"], "AP_TransID": "Z" + uuid.uuid4().hex[:20], "AP_PWD": "", "Instant": now},
        "MSSP_Info": {"MSSP_ID": {"URI": "http://mssp"}},
    }


def signature(text, mode, msisdn=demo["subscribers"][0]["msisdn"], **more):
    return {
        **base(),
        "MobileUser": {"MSISDN": msisdn},
        "DataToBeSigned": {"_value_1": text, "MimeType": "text/plain", "Encoding": "UTF-8"},
        "SignatureProfile": {"mssURI": "mss::sign:loa4:sim"},
        "MSS_Format": {"mssURI": "http://uri.etsi.org/TS102204/v1.1.2#PKCS7"},
        "TimeOut": 60,
        "MessagingMode": mode,
        **more,
    }


def verified(cms, text):
    with tempfile.NamedTemporaryFile(suffix=".p7s") as file:
        file.write(cms)
        file.flush()
        done = subprocess.run(
            ["openssl", "cms", "-verify", "-inform", "DER", "-in", file.name, "-CAfile", demo["users_ca"], "-purpose", "any"],
            capture_output=True,
        )
    return done.returncode == 0 and done.stdout == text.encode()


text = "Maksa 12 € kauppaan Ääkkönen?"
answer = port("MSS_SignaturePort").MSS_Signature(signature(text, "synch"))
check("synch has status 500", int(answer.Status.StatusCode.Value) == 500)
check("synch signature verifies and holds the text", verified(answer.MSS_Signature.Base64Signature, text))

answer = port("MSS_SignaturePort").MSS_Signature(signature("Second", "asynchClientServer"))
check("asynch is accepted with 100", int(answer.Status.StatusCode.Value) == 100 and answer.MSSP_TransID)
for _ in range(60):
    status = port("MSS_StatusQueryPort").MSS_StatusQuery({**base(), "MSSP_TransID": answer.MSSP_TransID})
    if int(status.Status.StatusCode.Value) != 504:
        break
    time.sleep(0.5)
check("polling ends with 500", int(status.Status.StatusCode.Value) == 500)
check("polled signature verifies", verified(status.MSS_Signature.Base64Signature, "Second"))

profiles = port("MSS_ProfileQueryPort").MSS_ProfileQuery(
    {**base(), "MobileUser": {"MSISDN": demo["subscribers"][0]["msisdn"]}}
)
uris = {profile.mssURI for profile in profiles.SignatureProfile}
check("profile query names the profiles", {"mss::sign:loa4:sim", "mss::authn:loa4:sim", "mss::digest:loa4:sim"} <= uris)


def fault(request):
    try:
        port("MSS_SignaturePort").MSS_Signature(request)
    except Fault as fault:
        return [code.localname for code in fault.subcodes or []]
    return []


check("an unknown user is 105", "_105" in fault(signature("x", "synch", msisdn="+358409999999")))
check("a text that is too long is 103", "_103" in fault(signature("x" * 240, "synch")))
other = signature("x", "synch")
other["AP_Info"]["AP_ID"] = "http://somebody.else"
check("somebody else's AP_ID is 104", "_104" in fault(other))
print(f"{passed} passed, 0 failed")
