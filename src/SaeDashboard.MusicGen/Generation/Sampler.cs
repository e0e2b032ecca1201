using System.Runtime.Intrinsics;
using SaeDashboard.Core;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>How codes are sampled.</summary>
/// <param name="Guidance">u + s·(c − u) in place of the logits; only when above 1.</param>
/// <param name="Temperature">Logits are divided by it.</param>
/// <param name="TopK">Keep only this many of the most likely codes; 0: all.</param>
/// <param name="TopP">Of those, keep the most likely that make up this probability; 1: all.</param>
/// <param name="Greedy">Greedy decoding (argmax), without noise; temperature, top-k and top-p have no effect.</param>
public sealed record SamplingSettings(double Guidance = 3, double Temperature = 1, int TopK = 250, double TopP = 1, bool Greedy = false)
{
    /// <exception cref="UserException">A number is out of range.</exception>
    public void Validate()
    {
        if (!double.IsFinite(Guidance) || Guidance < 0)
            throw new UserException($"The guidance is {Guidance}: it should be 0 or more (1 or less is none, 3 is usual).");
        if (!double.IsFinite(Temperature) || Temperature <= 0)
            throw new UserException($"The temperature is {Temperature}: it should be above 0 (1 is usual; for the likeliest codes "
                + "choose greedy).");
        if (TopK < 0) throw new UserException($"Top-k is {TopK}: it should be 0 (off) or more (250 is usual).");
        if (!(TopP > 0 && TopP <= 1)) throw new UserException($"Top-p is {TopP}: it should be above 0 and at most 1 (1: off).");
    }
}

/// <summary>
/// Samples one code from float32 logits by Gumbel-max, in float64: l = logits / temperature; keep l ≥ the k-th largest; of those,
/// keep a code while the probability of the codes before it (largest first, equal ones by id) is below top-p; the code is
/// argmax(l + Gumbel) over the kept codes, the first of equals.
/// </summary>
public sealed class Sampler
{
    // A float's sign, exponent and two further bits: logits fall into a few dozen of these bins.
    private const int BinBits = 11;

    private readonly int vocabulary;
    private readonly int[] order, counts = new int[1 << BinBits];
    private readonly double[] scaled;
    private readonly float[] work;

    public Sampler(int vocabulary)
    {
        this.vocabulary = vocabulary;
        order = new int[vocabulary];
        scaled = new double[vocabulary];
        work = new float[vocabulary];
    }

    /// <summary>Samples one cell. The noise counter is (codebook, column, sample); column 0 is BOS.</summary>
    /// <returns>The code, or −1 when a logit is not finite.</returns>
    public int Draw(ReadOnlySpan<float> logits, SamplingSettings settings, PhiloxNoise noise, int codebook, int column, int sample)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (logits.Length != this.vocabulary) throw new ArgumentException($"{logits.Length} logits for {this.vocabulary} codes.", nameof(logits));
        if (!AreFinite(logits)) return -1;
        if (settings.Greedy) return First(logits);

        // Dividing by the temperature in float64 keeps the order of float32 numbers and never makes two of them equal, so the kept codes are
        // chosen before the division.
        var threshold = KthLargest(logits, settings.TopK);
        var kept = 0;
        for (var token = 0; token < this.vocabulary; token++)
        {
            if (logits[token] < threshold) continue;
            scaled[token] = logits[token] / settings.Temperature;
            order[kept++] = token;
        }
        if (settings.TopP < 1) kept = KeepNucleus(kept, settings.TopP);

        var best = -1;
        var bestValue = double.NegativeInfinity;
        for (var index = 0; index < kept; index++)
        {
            var token = order[index];
            var value = scaled[token] + noise.Gumbel(token, codebook, column, sample);
            if (value > bestValue || (value == bestValue && token < best)) (best, bestValue) = (token, value);
        }
        return best;
    }

    private static bool AreFinite(ReadOnlySpan<float> logits)
    {
        var index = 0;
        for (; index + Vector256<float>.Count <= logits.Length; index += Vector256<float>.Count)
        {
            if (!Vector256.All(Vector256.IsFinite(Vector256.Create(logits[index..])).AsInt32(), -1)) return false;
        }
        for (; index < logits.Length; index++)
        {
            if (!float.IsFinite(logits[index])) return false;
        }
        return true;
    }

    private static int First(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var token = 1; token < logits.Length; token++)
        {
            if (logits[token] > logits[best]) best = token;
        }
        return best;
    }

    private float KthLargest(ReadOnlySpan<float> logits, int k)
    {
        if (k == 0 || k >= this.vocabulary) return float.NegativeInfinity;
        Array.Clear(counts);
        foreach (var logit in logits) counts[Bin(logit)]++;
        var (bin, above) = (counts.Length - 1, 0);
        while (above + counts[bin] < k) above += counts[bin--];
        var count = 0;
        foreach (var logit in logits)
        {
            if (Bin(logit) == bin) work[count++] = logit;
        }
        return KthLargest(count, k - above);
    }

    /// <summary>A larger number is in the same bin or in a higher one.</summary>
    private static int Bin(float value)
    {
        // The two zeros are equal.
        var bits = BitConverter.SingleToUInt32Bits(value + 0f);
        return (int)(((bits & 0x80000000) != 0 ? ~bits : bits | 0x80000000) >> (32 - BinBits));
    }

    /// <summary>The largest of the first numbers of the working memory, which is reordered.</summary>
    private float KthLargest(int count, int k)
    {
        // Quickselect: in the end, everything below index k − 1 is at least the number at k − 1, and everything above it at most.
        var (place, low, high) = (k - 1, 0, count - 1);
        while (low < high)
        {
            var pivot = work[(low + high) / 2];
            var (left, right) = (low, high);
            while (left <= right)
            {
                while (work[left] > pivot) left++;
                while (work[right] < pivot) right--;
                if (left > right) break;
                (work[left], work[right]) = (work[right], work[left]);
                left++;
                right--;
            }
            if (place <= right) high = right;
            else if (place >= left) low = left;
            else break;
        }
        return work[place];
    }

    /// <summary>Sorts the kept codes by probability and returns how many of them make up <paramref name="topP"/>.</summary>
    private int KeepNucleus(int kept, double topP)
    {
        var codes = order.AsSpan(0, kept);
        codes.Sort((a, b) => scaled[a] != scaled[b] ? scaled[b].CompareTo(scaled[a]) : a.CompareTo(b));
        var largest = scaled[codes[0]];
        var total = 0.0;
        foreach (var code in codes) total += Math.Exp(scaled[code] - largest);
        var before = 0.0;
        var count = 0;
        while (count < kept && before < topP) before += Math.Exp(scaled[codes[count++]] - largest) / total;
        return count;
    }
}

/// <summary>
/// Counter-based noise: Philox 4×32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). The seed is the key;
/// the counter identifies the number, so it is the same on every machine, in every batch and in any order.
/// </summary>
public readonly struct PhiloxNoise(ulong seed)
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>Four words for a counter of four words.</summary>
    public (uint X0, uint X1, uint X2, uint X3) Words(uint c0, uint c1, uint c2, uint c3)
    {
        var (key0, key1) = ((uint)seed, (uint)(seed >> 32));
        for (var round = 0; round < Rounds; round++)
        {
            var product0 = (ulong)Multiplier0 * c0;
            var product1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ key0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ key1, (uint)product0);
            key0 += Weyl0;
            key1 += Weyl1;
        }
        return (c0, c1, c2, c3);
    }

    /// <summary>u = (word + ½)·2⁻³², in the open interval (0, 1): word token mod 4 of the counter (token div 4, codebook, column,
    /// sample).</summary>
    public double Uniform(int token, int codebook, int column, int sample)
    {
        var (x0, x1, x2, x3) = Words((uint)token / 4, (uint)codebook, (uint)column, (uint)sample);
        var word = (token & 3) switch
        {
            0 => x0,
            1 => x1,
            2 => x2,
            _ => x3,
        };
        return (word + 0.5) * (1.0 / 4294967296.0);
    }

    /// <summary>A standard Gumbel number, −ln(−ln u): the largest of logit + Gumbel is a draw from the logits' softmax.</summary>
    public double Gumbel(int token, int codebook, int column, int sample) => -Math.Log(-Math.Log(Uniform(token, codebook, column, sample)));
}
