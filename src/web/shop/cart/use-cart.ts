import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { CartView } from '../../../api/schemas/cart.ts';
import type { WantedItem } from '../../browser/attempts.ts';
import { answered } from '../../client/api-client.ts';
import { useServices, useSession } from '../../session/services.ts';

function cartKey(saleId: string, buyer: string | undefined) {
  return ['cart', saleId, buyer] as const;
}

/** The current user's cart in a sale. A cart reserves nothing. */
export function useCart(saleId: string) {
  const { own } = useServices();
  const buyer = useSession()?.user.id;
  return useQuery({
    queryKey: cartKey(saleId, buyer),
    enabled: buyer !== undefined,
    queryFn: () => answered(own.sales[':saleId'].cart.$get({ param: { saleId } })),
    refetchInterval: 10_000,
  });
}

/** Sets the quantities of products in the cart; 0 removes one. */
export function useSetCart(saleId: string) {
  const { own } = useServices();
  const queries = useQueryClient();
  const buyer = useSession()?.user.id;
  const item = own.sales[':saleId'].cart.items[':productId'];
  return useMutation({
    mutationFn: async (items: readonly WantedItem[]) => {
      let cart: CartView | undefined;
      for (const { productId, quantity } of items) {
        const param = { saleId, productId };
        cart = await answered(
          quantity === 0 ? item.$delete({ param }) : item.$put({ param, json: { quantity } }),
        );
      }
      return cart;
    },
    onSuccess: (cart) => {
      if (cart !== undefined) queries.setQueryData(cartKey(saleId, buyer), cart);
    },
  });
}
