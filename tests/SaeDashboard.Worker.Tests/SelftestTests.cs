using System.Text.Json;

namespace SaeDashboard.Worker.Tests;

/// <summary>The verb selftest passes here, and fails where something is wrong.</summary>
public sealed class SelftestTests : IDisposable
{
    private static readonly string Golden = Path.Combine(WorkerProcess.Root, "tests", "SaeDashboard.MusicGen.Tests", "Golden");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_check_of_the_shipped_golden_files_passes()
    {
        var result = WorkerProcess.Json(folder.Path, "selftest");
        Assert.True(result.GetProperty("passed").GetBoolean());
        Assert.Empty(result.GetProperty("failed").EnumerateArray());
        var checks = result.GetProperty("checks").EnumerateArray().ToArray();
        foreach (var model in new[] { "mono", "stereo" })
        {
            var names = checks.Where(check => check.GetProperty("model").GetString() == model).Select(check => check.GetProperty("name").GetString()!).ToArray();
            Assert.Equal(
                [
                    "tokenizer", "text encoder", "residual stream, layer 0", "residual stream, layer 1", "residual stream, layer 2",
                    "residual stream, layer 3", "logits", "greedy codes, guidance 1", "greedy codes, guidance 3", "codec: sound to codes",
                    "codec: codes to sound", "sampled codes", "the same request twice", "a row alone, and among others", "a hook of strength 0",
                    "decoding a stream, and the whole",
                ],
                names);
        }
        Assert.All(checks, check => Assert.InRange(check.GetProperty("error").GetDouble(), 0, check.GetProperty("tolerance").GetDouble()));
        // Numbers that were computed are never the reference's to the last bit: an error of exactly 0 would mean that nothing was compared.
        Assert.All(
            checks.Where(check => check.GetProperty("unit").GetString() == "relative"),
            check => Assert.True(check.GetProperty("error").GetDouble() > 0, check.GetProperty("name").GetString()));
    }

    [Fact]
    public void Each_changed_expectation_fails_its_check_and_no_other()
    {
        CopyMono();
        var path = Path.Combine(folder["golden"], "mono", "expected", "expected.safetensors");
        foreach (var tensor in new[] { "trace.0.resid_post.2", "trace.3.text", "trace.1.logits", "encodec.short.decoded", "greedy.g3.1.codes.0" })
            ChangeLastValue(path, tensor);
        var outcome = WorkerProcess.Run(folder.Path, "selftest", "--golden", "golden", "--json");
        Assert.Equal(1, outcome.ExitCode);
        using var result = JsonDocument.Parse(outcome.Output);
        Assert.False(result.RootElement.GetProperty("passed").GetBoolean());
        Assert.Equal(
            [
                "mono: text encoder", "mono: residual stream, layer 2", "mono: logits", "mono: greedy codes, guidance 3",
                "mono: codec: codes to sound",
            ],
            result.RootElement.GetProperty("failed").EnumerateArray().Select(item => item.GetString()!));
    }

    [Fact]
    public void People_get_a_table_that_names_what_failed()
    {
        CopyMono();
        // A weight of the codec's decoder: everything that decodes is wrong. And a result that is not there.
        ChangeLastValue(Path.Combine(folder["golden"], "mono", "model.safetensors"), "audio_encoder.decoder.layers.0.conv.bias");
        var path = Path.Combine(folder["golden"], "mono", "expected", "expected.safetensors");
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.AsSpan().IndexOf("\"trace.0.text\""u8) + 1] = (byte)'T';
        File.WriteAllBytes(path, bytes);
        var outcome = WorkerProcess.Run(folder.Path, "selftest", "--golden", "golden", "--device", "cpu");
        Assert.Equal(1, outcome.ExitCode);
        var failed = outcome.Output.Split('\n').Where(line => line.Contains("FAILED", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, failed.Length);
        Assert.Contains("text encoder", failed[0], StringComparison.Ordinal);
        Assert.Contains("has no tensor 'trace.0.text'", failed[0], StringComparison.Ordinal);
        Assert.Contains("codec: codes to sound", failed[1], StringComparison.Ordinal);
        Assert.Contains("13 passed, 2 failed on cpu", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_golden_files_is_said()
    {
        var outcome = WorkerProcess.Run(folder.Path, "selftest", "--golden", "nowhere");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("nowhere does not exist", outcome.Error, StringComparison.Ordinal);
        Directory.CreateDirectory(folder["empty"]);
        Assert.Contains("empty holds no golden folder", WorkerProcess.Run(folder.Path, "selftest", "--golden", "empty").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_device_is_refused_with_a_way_out()
    {
        var outcome = WorkerProcess.Run(folder.Path, "selftest", "--device", "cuda");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("--device cpu", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(2, WorkerProcess.Run(folder.Path, "selftest", "--device", "abacus").ExitCode);
    }

    private void CopyMono()
    {
        foreach (var name in new[] { "mono", Path.Combine("mono", "expected") })
        {
            Directory.CreateDirectory(Path.Combine(folder["golden"], name));
            foreach (var file in Directory.EnumerateFiles(Path.Combine(Golden, name)))
                File.Copy(file, Path.Combine(folder["golden"], name, Path.GetFileName(file)));
        }
    }

    /// <summary>Makes the tensor's last value another one: a code moves by 1, a float by 1.</summary>
    private static void ChangeLastValue(string path, string tensor)
    {
        var bytes = File.ReadAllBytes(path);
        var header = 8 + (int)BitConverter.ToInt64(bytes);
        using var json = JsonDocument.Parse(bytes.AsMemory(8, header - 8));
        var entry = json.RootElement.GetProperty(tensor);
        var end = header + entry.GetProperty("data_offsets")[1].GetInt32();
        if (entry.GetProperty("dtype").GetString() == "I64") bytes[end - 8] ^= 1;
        else BitConverter.TryWriteBytes(bytes.AsSpan(end - 4), BitConverter.ToSingle(bytes, end - 4) + 1);
        File.WriteAllBytes(path, bytes);
    }
}
