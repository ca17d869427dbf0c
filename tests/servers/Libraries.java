// Copyright: (c) 2026, keysmith.jwt contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;

/** Reads lines of name, alg, crv, n, e, x, y and tokens, and prints of each token whether Java's own classes accept it. */
public final class Libraries {
  private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

  private Libraries() {}

  public static void main(String[] arguments) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] fields = line.split("\t");
      PublicKey key = key(fields);
      StringBuilder verdicts = new StringBuilder();
      for (String token : fields[7].split(" ")) {
        verdicts.append(verdicts.length() == 0 ? "" : " ").append(accepts(key, fields[1], token));
      }
      System.out.println(fields[0] + "\t" + verdicts);
    }
  }

  private static PublicKey key(String[] fields) throws Exception {
    String curve = fields[2];
    if (curve.equals("-")) {
      return KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(number(fields[3]), number(fields[4])));
    }
    if (curve.startsWith("Ed")) {
      return edwards(curve, DECODER.decode(fields[5]));
    }
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec("secp" + curve.substring(2) + "r1"));
    ECPoint point = new ECPoint(number(fields[5]), number(fields[6]));
    ECPublicKeySpec specification = new ECPublicKeySpec(point, parameters.getParameterSpec(ECParameterSpec.class));
    return KeyFactory.getInstance("EC").generatePublic(specification);
  }

  /** RFC 8032: the number is little-endian, and the highest bit is the sign of x. */
  private static PublicKey edwards(String curve, byte[] octets) throws Exception {
    byte[] number = new byte[octets.length];
    for (int at = 0; at < octets.length; at++) {
      number[at] = octets[octets.length - 1 - at];
    }
    boolean isOdd = (number[0] & 0x80) != 0;
    number[0] &= 0x7f;
    EdECPoint point = new EdECPoint(isOdd, new BigInteger(1, number));
    NamedParameterSpec parameters = new NamedParameterSpec(curve);
    return KeyFactory.getInstance(curve).generatePublic(new EdECPublicKeySpec(parameters, point));
  }

  private static BigInteger number(String text) {
    return new BigInteger(1, DECODER.decode(text));
  }

  private static boolean accepts(PublicKey key, String algorithm, String token) throws Exception {
    int dot = token.lastIndexOf('.');
    String bits = algorithm.substring(2);
    Signature signature;
    switch (algorithm.substring(0, 2)) {
      case "RS":
        signature = Signature.getInstance("SHA" + bits + "withRSA");
        break;
      case "PS":
        signature = Signature.getInstance("RSASSA-PSS");
        signature.setParameter(
            new PSSParameterSpec(
                "SHA-" + bits, "MGF1", new MGF1ParameterSpec("SHA-" + bits), Integer.parseInt(bits) / 8, 1));
        break;
      case "ES":
        signature = Signature.getInstance("SHA" + bits + "withECDSAinP1363Format");
        break;
      default:
        signature = Signature.getInstance(key.getAlgorithm());
    }
    signature.initVerify(key);
    signature.update(token.substring(0, dot).getBytes(StandardCharsets.US_ASCII));
    try {
      return signature.verify(DECODER.decode(token.substring(dot + 1)));
    } catch (SignatureException refused) {
      return false;
    }
  }
}
