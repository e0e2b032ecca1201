using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Checkpoints;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Tensors;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Generation;
using SaeDashboard.MusicGen.Text;
using SaeDashboard.MusicGen.Tracing;

namespace SaeDashboard.Fuzz.Cases;

/// <summary>Does with a folder what the worker and the site do with one; a folder that loads is used too.</summary>
internal static class LoadAttempt
{
    private static readonly string[] Texts =
    [
        "", "solo taiko drums, fast", "a\u0301\u0301 \ud83d\udc69\u200d\ud83d\udc67 <extra_id_0> \u2581\u3000\ufdfa", new string('a', 2_000),
        string.Concat(Enumerable.Repeat("80s pop track ", 100)),
    ];

    /// <summary>Loads and uses the folder; what it throws is the case's outcome.</summary>
    public static void Run(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "config.json")))
        {
            using var tokenizer = T5Tokenizer.Load(Path.Combine(folder, "tokenizer.json"));
            Tokenize(tokenizer);
            return;
        }
        var refusal = RefusalBySite(folder);
        using var model = MusicGenModel.Load(folder);
        Tokenize(model.Tokenizer);
        Use(model);
        if (refusal is not null) throw refusal;
    }

    private static void Tokenize(T5Tokenizer tokenizer)
    {
        foreach (var text in Texts)
        {
            var ids = tokenizer.Encode(text);
            if (Array.Exists(ids, id => id < 0 || id >= tokenizer.VocabularySize))
                throw new InvalidOperationException("An id is outside the vocabulary.");
        }
    }

    private static void Use(MusicGenModel model)
    {
        var rows = new[] { "solo taiko drums, fast", null }
            .Select(prompt => new GenerationRow { Prompt = prompt, Sampling = new SamplingSettings(Math.Clamp(model.Config.Generation.Guidance, 0, 20)) });
        var codes = new Generator(model).Generate([.. rows], 3).Codes[0];
        var channel = codes.Codebooks == model.Codec.Codebooks ? codes : new Core.Data.CodeGrid(model.Codec.Codebooks, 3);
        var sound = model.Codec.Decode(channel);
        model.Codec.Encode(sound);
        using var stream = model.Codec.NewStream();
        stream.Decode(channel, channel.Frames);
        using var trace = new TeacherForcing(model).Trace(codes, "", [0]);
    }

    /// <summary>The site reads a folder without a tensor library, and lists also what the worker then refuses.</summary>
    private static UserException? RefusalBySite(string folder)
    {
        var config = Path.Combine(folder, "config.json");
        var files = new List<SafetensorsFile>();
        try
        {
            var tensors = CheckpointIndex.Open(folder, files);
            var root = JsonFile.Read<JsonElement>(config);
            WeightsHash.Of(tensors.Select(pair => (pair.Value, pair.Value.Entries[pair.Key])));
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("audio_encoder", out var codec) && codec.ValueKind == JsonValueKind.Object)
                CodecHash.Of(config, codec, tensors);
            return null;
        }
        catch (UserException error)
        {
            return error;
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }
}
