// node-soap with default settings on our own WSDL: it leaves the message's children without a namespace.
const soap = require("soap");
const fs = require("node:fs");

const demo = JSON.parse(fs.readFileSync(process.argv[2]));
const { ap } = demo;
let passed = 0;

function check(what, right) {
  if (!right) { console.error(`node-soap: ${what}: FAILED`); process.exit(1); }
  passed += 1;
  console.log(`node-soap: ${what}: ok`);
}

async function main() {
  const client = await soap.createClientAsync(process.argv[3], { forceSoap12Headers: true, endpoint: ap.endpoint });
  client.setSecurity(new soap.ClientSSLSecurity(fs.readFileSync(ap.key), fs.readFileSync(ap.certificate), fs.readFileSync(ap.ca)));
  const request = (text) => ({
    MSS_SignatureReq: {
      attributes: { MajorVersion: 1, MinorVersion: 1, MessagingMode: "synch", TimeOut: 60 },
      AP_Info: { attributes: { AP_ID: ap.ap_id, AP_TransID: `N${Date.now()}`, AP_PWD: "", Instant: new Date().toISOString() } },
      MSSP_Info: { MSSP_ID: { URI: "http://mssp" } },
      MobileUser: { MSISDN: demo.subscribers[1].msisdn },
      DataToBeSigned: { attributes: { MimeType: "text/plain", Encoding: "UTF-8" }, $value: text },
      SignatureProfile: { mssURI: "mss::sign:loa4:sim" },
    },
  });
  const [answer] = await client.MSS_SignatureAsync(request("Hyväksy?"));
  check("synch has status 500", answer.MSS_SignatureResp.Status.StatusCode.attributes.Value === "500");
  check("the signature is there", Buffer.from(answer.MSS_SignatureResp.MSS_Signature.Base64Signature, "base64").includes("Hyväksy?"));
  const fault = await client.MSS_SignatureAsync(request("x".repeat(240))).then(() => "", (error) => String(error.message));
  check("a fault is understood", fault.includes("_103"));
  console.log(`${passed} passed, 0 failed`);
}

main();
