namespace SaeDashboard.MusicGen.Generation;

/// <summary>
/// Draws one code from float32 logits by Gumbel-max, in float64: l = logits / temperature; keep l ≥ the k-th largest; of those
/// keep a code while the probability of the codes before it (largest first, equal ones by id) is below top-p; the code is
/// argmax(l + Gumbel) over the kept, the first of equals.
/// </summary>
public sealed class Sampler
{
    private readonly int _vocabulary;
    private readonly int[] _order;
    private readonly double[] _scaled, _work;

    public Sampler(int vocabulary)
    {
        _vocabulary = vocabulary;
        _order = new int[vocabulary];
        _scaled = new double[vocabulary];
        _work = new double[vocabulary];
    }

    /// <summary>Draws for one cell. The counter's place is (codebook, column, sample); column 0 is BOS.</summary>
    /// <returns>The code, or −1 when a logit is not finite.</returns>
    public int Draw(ReadOnlySpan<float> logits, SamplingSettings settings, PhiloxNoise noise, int codebook, int column, int sample)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (logits.Length != _vocabulary) throw new ArgumentException($"{logits.Length} logits for {_vocabulary} codes.", nameof(logits));
        foreach (var logit in logits)
        {
            if (!float.IsFinite(logit)) return -1;
        }
        if (settings.Greedy) return First(logits);

        for (var token = 0; token < _vocabulary; token++) _scaled[token] = logits[token] / settings.Temperature;
        var threshold = KthLargest(settings.TopK);
        var kept = 0;
        for (var token = 0; token < _vocabulary; token++)
        {
            if (_scaled[token] >= threshold) _order[kept++] = token;
        }
        if (settings.TopP < 1) kept = KeepNucleus(kept, settings.TopP);

        var best = -1;
        var bestValue = double.NegativeInfinity;
        for (var index = 0; index < kept; index++)
        {
            var token = _order[index];
            var value = _scaled[token] + noise.Gumbel(token, codebook, column, sample);
            if (value > bestValue || (value == bestValue && token < best)) (best, bestValue) = (token, value);
        }
        return best;
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

    private double KthLargest(int k)
    {
        if (k == 0 || k >= _vocabulary) return double.NegativeInfinity;
        _scaled.CopyTo(_work, 0);
        // Quickselect: everything below place k − 1 is at least, everything above it at most what stands there in the end.
        var (place, low, high) = (k - 1, 0, _vocabulary - 1);
        while (low < high)
        {
            var pivot = _work[(low + high) / 2];
            var (left, right) = (low, high);
            while (left <= right)
            {
                while (_work[left] > pivot) left++;
                while (_work[right] < pivot) right--;
                if (left > right) break;
                (_work[left], _work[right]) = (_work[right], _work[left]);
                left++;
                right--;
            }
            if (place <= right) high = right;
            else if (place >= left) low = left;
            else break;
        }
        return _work[place];
    }

    /// <summary>Sorts the kept codes by probability and gives how many of them make up <paramref name="topP"/>.</summary>
    private int KeepNucleus(int kept, double topP)
    {
        var codes = _order.AsSpan(0, kept);
        codes.Sort((a, b) => _scaled[a] != _scaled[b] ? _scaled[b].CompareTo(_scaled[a]) : a.CompareTo(b));
        var largest = _scaled[codes[0]];
        var total = 0.0;
        foreach (var code in codes) total += Math.Exp(_scaled[code] - largest);
        var before = 0.0;
        var count = 0;
        while (count < kept && before < topP) before += Math.Exp(_scaled[codes[count++]] - largest) / total;
        return count;
    }
}
