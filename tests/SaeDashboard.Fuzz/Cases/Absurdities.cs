namespace SaeDashboard.Fuzz.Cases;

/// <summary>JSON values that a foreign file may hold where something else is expected.</summary>
internal static class Absurdities
{
    private static readonly string[] Fixed =
    [
        "0", "-0", "-1", "1", "2", "3", "7", "64", "1000", "65536", "2000000000", "2147483647", "2147483648", "-2147483648", "4294967296",
        "1152921504606846976", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616",
        "1e308", "-1e308", "1e999", "-1e999", "1e-320", "0.5", "1.0", "1e2", "NaN", "Infinity", "\"NaN\"", "\"1\"",
        "true", "false", "null", "\"\"", "\" \"", "[]", "{}", "[[]]", "[null]", "[0]", "[1,2,3]", "[-1]", "[1e999]", "{\"a\":{}}", "[{}]",
        "\"\\ud800\"", "\"\\udc00x\"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\u001b[31m\"", "\"../../etc/passwd\"", "\"/etc/passwd\"",
        "\"..\"", "\".\"", "\"config.json\"", "\"model.safetensors\"", "\"gated-gelu\"", "\"constant\"", "\"reflect\"", "\"Sequence\"",
        "\"Replace\"", "\"Metaspace\"", "\"F64\"", "\"I64\"", "\"BOOL\"", "\"F8_E4M3\"", "'x'", "undefined", "01", "+1", "[1,]", "/* */ 3",
        "{\"Regex\":\"(a{1000}){1000}\"}", "{\"Regex\":\"(a+)+$\"}", "{\"Regex\":\"[\"}", "{\"Regex\":\"\"}", "{\"String\":\"\"}",
        "{\"Regex\":\"(?=a)\"}", "{\"type\":\"Strip\"}", "{\"type\":\"Sequence\",\"normalizers\":[]}", "{\"type\":\"Sequence\",\"pretokenizers\":[]}",
        "{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
    ];

    public static string Of(Random random) => random.Next(Fixed.Length + 8) switch
    {
        0 => '"' + new string('x', random.Next(1, 100_000)) + '"',
        1 => new string('[', 70) + new string(']', 70),
        2 => new string('[', random.Next(1, 50_000)),
        3 => Nested(random.Next(1, 60)),
        4 => "[" + string.Join(',', Enumerable.Repeat("1", random.Next(1, 20_000))) + "]",
        5 => new string('9', random.Next(1, 10_000)),
        6 => "[" + string.Join(',', Enumerable.Repeat("{\"type\":\"Metaspace\"}", random.Next(1, 5_000))) + "]",
        7 => "[" + string.Join(',', Enumerable.Repeat("{\"type\":\"Replace\",\"pattern\":{\"String\":\"a\"},\"content\":\"aa\"}",
            random.Next(1, 2_000))) + "]",
        var index => Fixed[index - 8],
    };

    private static string Nested(int depth) =>
        string.Concat(Enumerable.Repeat("{\"a\":[", depth)) + "0" + string.Concat(Enumerable.Repeat("]}", depth));
}
