using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Tensors;

namespace SaeDashboard.TestSupport;

/// <summary>
/// A model, a dataset and an SAE whose features are known: feature 0 fires exactly where codebook 0 has one code, feature 1 where codebook 2 has
/// another. The model is the demo's, except that the embeddings of these two codes have a large entry in a dimension of their own, which the SAE
/// reads. The clips are near silence with one burst each, so that the code also has a place that can be seen and heard.
/// </summary>
internal sealed class HandMadeSae
{
    public const int Clips = 12, Frames = 160, SampleRate = 16_000, Hop = 320;

    // In float16; the stream's other entries there are below 100.
    private const ushort Thousand = 0x63D0;
    private const float Threshold = 500;
    private const int Width = 256, Latents = 8;

    private HandMadeSae(string folder, CodeGrid[] codes, int[] bursts, int first, int third)
    {
        (Folder, Codes, Bursts, First, Third) = (folder, codes, bursts, first, third);
    }

    /// <summary>Where model/, dataset/ and sae/ are.</summary>
    public string Folder { get; }

    public string Model => Path.Combine(Folder, "model");

    public string Dataset => Path.Combine(Folder, "dataset");

    public string Sae => Path.Combine(Folder, "sae");

    /// <summary>Each clip's codes.</summary>
    public IReadOnlyList<CodeGrid> Codes { get; }

    /// <summary>The frame at which each clip's burst begins.</summary>
    public IReadOnlyList<int> Bursts { get; }

    /// <summary>The code of codebook 0 that feature 0 reads.</summary>
    public int First { get; }

    /// <summary>The code of codebook 2 that feature 1 reads.</summary>
    public int Third { get; }

    /// <summary>Makes them.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="hook">Where the SAE reads: "layers.0.resid_pre", the sum of the embeddings, or a later place.</param>
    /// <param name="worker">Runs a verb of the worker.</param>
    public static HandMadeSae Write(string folder, string hook, Action<string[]> worker)
    {
        Directory.CreateDirectory(folder);
        int[] bursts = [.. Enumerable.Range(0, Clips).Select(clip => 20 + 10 * clip)];
        var demo = Repository.At("demo", "model");
        WavFile.Write(Path.Combine(folder, "all.wav"), new Waveform([Sound(bursts)], SampleRate), WavEncoding.Float32);
        worker(["encode", "--model", demo, "--audio", Path.Combine(folder, "all.wav"), "--codes", Path.Combine(folder, "all.json")]);
        var all = CodeGrid.ReadJson(Path.Combine(folder, "all.json"));
        CodeGrid[] codes = [.. Enumerable.Range(0, Clips).Select(clip => all.Slice(clip * Frames, Frames))];
        var made = new HandMadeSae(folder, codes, bursts, Marker(codes, bursts, 0), Marker(codes, bursts, 2));
        made.WriteDataset();
        made.WriteModel(demo);
        made.WriteSae(hook);
        worker(["index", "--sae", made.Sae, "--model", made.Model, "--dataset", made.Dataset]);
        return made;
    }

    /// <summary>The columns on which a code of a codebook is in the model's input: frame f of codebook k is in column f + 1 + k.</summary>
    public static int[] Columns(CodeGrid codes, int codebook, int code) =>
        [.. Enumerable.Range(0, codes.Frames).Where(frame => codes[codebook, frame] == code).Select(frame => frame + 1 + codebook).Where(column => column <= codes.Frames)];

    private static float[] Sound(int[] bursts)
    {
        var random = new Random(5);
        var samples = new float[Clips * Frames * Hop];
        for (var i = 0; i < samples.Length; i++) samples[i] = 0.002f * (random.NextSingle() - 0.5f);
        for (var clip = 0; clip < Clips; clip++)
        {
            // Three frames of one tone with its overtones: the same sound in every clip.
            var start = (clip * Frames + bursts[clip]) * Hop;
            for (var i = 0; i < 3 * Hop; i++)
            {
                var t = (double)i / SampleRate;
                samples[start + i] += (float)(0.5 * Math.Sin(Math.PI * i / (3 * Hop)) * (Math.Sin(2 * Math.PI * 440 * t) + 0.5 * Math.Sin(2 * Math.PI * 1320 * t)));
            }
        }
        return samples;
    }

    /// <summary>The code that marks the burst in the most clips, and is nowhere else.</summary>
    private static int Marker(CodeGrid[] codes, int[] bursts, int codebook)
    {
        var best = (Clips: 0, Code: -1);
        foreach (var code in codes.SelectMany((clip, i) => Enumerable.Range(bursts[i] - 1, 6).Select(frame => clip[codebook, frame])).Distinct())
        {
            var places = codes.Select((clip, i) => Enumerable.Range(0, Frames).Where(frame => clip[codebook, frame] == code).Select(frame => frame - bursts[i]).ToArray()).ToArray();
            if (places.Any(clip => clip.Any(offset => offset is < -1 or > 5))) continue;
            if (places.Count(clip => clip.Length > 0) is var clips && clips > best.Clips) best = (clips, code);
        }
        if (best.Clips < 3) throw new InvalidOperationException($"No code of codebook {codebook} marks the bursts of three clips: make them more alike.");
        return best.Code;
    }

    private void WriteDataset()
    {
        Directory.CreateDirectory(Dataset);
        string[] splits = ["sae-train", "select", "test"];
        File.WriteAllLines(Path.Combine(Dataset, "metadata.jsonl"), Enumerable.Range(0, Clips).Select(clip => JsonSerializer.Serialize(
            new { id = $"burst-{clip}", split = splits[clip % splits.Length], caption = $"burst at {Bursts[clip] * Hop / (double)SampleRate:0.00} s", seconds = Frames * Hop / (double)SampleRate })));
        var writer = new SafetensorsWriter();
        writer.Add("codes", [.. Codes.SelectMany(clip => clip.Values.ToArray())], Clips, Codes[0].Codebooks, Frames);
        writer.Save(Path.Combine(Dataset, "codes.safetensors"));
    }

    private void WriteModel(string demo)
    {
        Directory.CreateDirectory(Model);
        foreach (var file in Directory.GetFiles(demo)) File.Copy(file, Path.Combine(Model, Path.GetFileName(file)));
        var path = Path.Combine(Model, "model.safetensors");
        var bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        var header = JsonNode.Parse(bytes.AsSpan(8, length))!;
        Mark(0, First, 0);
        Mark(2, Third, 1);
        File.WriteAllBytes(path, bytes);

        void Mark(int codebook, int code, int dimension)
        {
            var entry = header[$"decoder.model.decoder.embed_tokens.{codebook}.weight"]!;
            if (entry["dtype"]!.GetValue<string>() != "F16" || entry["shape"]![1]!.GetValue<int>() != Width) throw new InvalidOperationException("The demo model's embeddings are not float16 of width 256 any more.");
            var at = 8 + length + entry["data_offsets"]![0]!.GetValue<int>() + sizeof(ushort) * (code * Width + dimension);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), Thousand);
        }
    }

    private void WriteSae(string hook)
    {
        var (encode, decode, bias) = (new float[Width * Latents], new float[Latents * Width], new float[Latents]);
        for (var latent = 0; latent < Latents; latent++)
        {
            decode[latent * Width + latent] = 1;
            bias[latent] = -1;
        }
        foreach (var latent in (int[])[0, 1])
        {
            encode[latent * Latents + latent] = 1;
            bias[latent] = -Threshold;
        }
        var config = new SaeConfig { Architecture = SaeArchitecture.Standard, DIn = Width, DSae = Latents, Metadata = new SaeMetadata { HookName = hook } };
        SaeFolders.Write(Sae, new SaeContents(config, new Dictionary<string, float[]> { ["W_enc"] = encode, ["W_dec"] = decode, ["b_dec"] = new float[Width], ["b_enc"] = bias }), SaeFormat.SaeLens);
    }
}
