using System.Globalization;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Presets;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.Features;
using SaeDashboard.Web.Hosting;
using SaeDashboard.Web.Serving;

namespace SaeDashboard.Web.Presets;

/// <summary>What presets sound like: their codes, decoded by any model here that has their codec, and kept in a bounded folder.</summary>
public sealed class PresetSound(DataRoot root, ICatalog catalog, IServeClient serve, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private const long Limit = 256L * 1024 * 1024;

    private readonly WavCache cache = new(Path.Combine(root.Cache, "presets"), Limit);

    /// <summary>Opens the WAV file of one arm, decoded on first use. Nothing is generated. The caller closes it.</summary>
    /// <param name="preset">Whose.</param>
    /// <param name="arm">One of <see cref="PresetArms"/>.</param>
    /// <param name="ct">Stops waiting; decoding continues for the next caller.</param>
    /// <exception cref="UserException">No model here has the codec, or the worker cannot decode now.</exception>
    public Task<FileStream> OpenAsync(SteeringPreset preset, string arm, CancellationToken ct)
    {
        var key = Key(preset, arm);
        return cache.OpenAsync(key, async stop => await serve.DecodeAsync((await PlayerAsync(preset, stop)).Path, PresetFile.Codes(preset, arm), stop), ct);
    }

    /// <summary>Names the sound of an arm: equal codes and codec, equal name.</summary>
    public static string Key(SteeringPreset preset, string arm)
    {
        var codes = preset.Arms[arm];
        var identity = string.Create(CultureInfo.InvariantCulture, $"{preset.Model.CodecHash}|{codes.Codebooks}|{codes.Base64}");
        return Hashing.Sha256(Encoding.UTF8.GetBytes(identity))[..32];
    }

    /// <summary>Decodes both arms ahead of use, in the background. Errors are reported when an arm is opened.</summary>
    public async Task WarmAsync(SteeringPreset preset)
    {
        try
        {
            foreach (var file in await Task.WhenAll(OpenAsync(preset, PresetArms.Steered, CancellationToken.None), OpenAsync(preset, PresetArms.Baseline, CancellationToken.None)))
                await file.DisposeAsync();
        }
        catch (UserException)
        {
            // The error is reported when it is played.
        }
    }

    private async Task<CatalogModel> PlayerAsync(SteeringPreset preset, CancellationToken ct)
    {
        // Just after the first start the models' hashes are still being computed: a link that is opened then waits instead of failing.
        var begun = clock.GetTimestamp();
        while (true)
        {
            if ((catalog.ModelByHash(preset.Model.WeightsHash) ?? catalog.ModelByCodecHash(preset.Model.CodecHash)) is { } model) return model;
            if (catalog.Models.All(each => each.State != CatalogState.Reading) || clock.GetElapsedTime(begun) > Patience) throw Missing(preset);
            await Task.Delay(Pause, clock, ct);
        }
    }

    private static UserException Missing(SteeringPreset preset) => new(
        $"No model here has the codec of “{preset.Model.Name}” ({preset.Model.CodecHash[..12]}…), which plays “{preset.Name}”: " +
        "put that model's folder into models/ of the data folder and rescan on the Data page.");
}
